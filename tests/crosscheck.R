# Tables 1 to 3 of the book under both readings of LM, re-estimated in R from data/.
# Usage: Rscript tests/crosscheck.R data
# -> CSV on standard output: reading,column,term,statistic,value
suppressPackageStartupMessages({library(plm); library(lmtest); library(sandwich)})
folder <- commandArgs(trailingOnly = TRUE)[1]
panel <- merge(read.csv(file.path(folder, "indicators.csv")),
               read.csv(file.path(folder, "cities.csv"))[c("city_code", "reach")])

# REG as a level; IA of equation (4), scaled to mean 1 over the cities of each year.
panel$ia <- with(panel, share_secondary / ave(share_secondary, year, FUN = function(s) mean(s, na.rm = TRUE)))

controls <- c("odi", "te", "gr", "rlr", "rissl")
split <- c("lm", "ia", "lm_ia")
columns <- list(
  model1 = list(c("lm", "ia")), model2 = list(c("lm_ia", controls)),
  "2008-2016" = list(split, 2008:2016), "2017-2023" = list(split, 2017:2023),
  upper = list(split, 2008:2023, "upper"), middle = list(split, 2008:2023, "middle"),
  lower = list(split, 2008:2023, "lower"))

# Cities and years with one row go, again and again: their own effect absorbs it.
connected <- function(rows) {
  repeat {
    count <- function(key) ave(rows$year, rows[[key]], FUN = length)
    alone <- count("city_code") == 1 | count("year") == 1
    if (!any(alone)) return(rows)
    rows <- rows[!alone, ]
  }
}

# Slopes without each city, city effects by the within transformation, year effects as dummies.
jackknife <- function(rows, terms, coef) {
  within <- function(v) v - ave(v, rows$city_code)
  x <- apply(model.matrix(reformulate(c(terms, "factor(year)")), rows)[, -1], 2, within)
  y <- within(rows$reg)
  cities <- unique(rows$city_code)
  without <- sapply(cities, function(city) {
    keep <- rows$city_code != city
    lm.fit(x[keep, ], y[keep])$coefficients[terms]
  })
  sqrt((length(cities) - 1) / length(cities) * rowSums((without - coef)^2))
}

# Swamy and Arora with the harmonic mean of the years observed, as Stata; year dummies throughout.
random_effects <- function(rows, terms, within) {
  design <- model.matrix(reformulate(c(terms, "factor(year)")), rows)
  years <- ave(rows$year, rows$city_code, FUN = length)
  average <- function(v) ave(v, rows$city_code)
  first <- !duplicated(rows$city_code)
  means <- apply(design, 2, average)
  between <- lm.fit(means[first, ], average(rows$reg)[first])
  s2 <- sum(resid(within)^2) / within$df.residual
  s2_between <- sum(between$residuals^2) / (sum(first) - between$rank)
  s2_city <- max(0, s2_between - s2 * mean(1 / years[first]))
  theta <- 1 - sqrt(s2 / (years * s2_city + s2))
  x <- design - theta * means
  fit <- lm.fit(x, rows$reg - theta * average(rows$reg))
  s2_random <- sum(fit$residuals^2) / (nrow(x) - ncol(x))
  list(coef = fit$coefficients[terms], cov = s2_random * solve(crossprod(x))[terms, terms], s2 = s2_random)
}

cat("reading,column,term,statistic,value\n")
for (reading in c("flow", "stock")) for (name in names(columns)) {
  report <- function(term, statistic, value)
    cat(sprintf("%s,%s,%s,%s,%.17g\n", reading, name, term, statistic, value), sep = "")
  spec <- columns[[name]]
  terms <- spec[[1]]
  rows <- panel
  rows$lm <- rows[[paste0("lm_", reading)]]
  rows$lm_ia <- rows$lm * rows$ia
  if (length(spec) > 1) rows <- rows[rows$year %in% spec[[2]], ]
  if (length(spec) > 2) rows <- rows[rows$reach == spec[[3]], ]
  rows <- connected(rows[complete.cases(rows[c("reg", terms)]), ])
  twoway <- plm(reformulate(terms, "reg"), rows, index = c("city_code", "year"), effect = "twoways")
  # City effects by the within transformation, year effects as dummies: the clustered covariance
  # then scales by G/(G-1) (n-1)/(n-k), k without the constant, where Stata counts it.
  dummies <- plm(reformulate(c(terms, "factor(year)"), "reg"), rows,
                 index = c("city_code", "year"), effect = "individual")
  n <- nrow(rows); k <- length(coef(dummies))
  clustered <- vcovHC(dummies, method = "arellano", type = "sss", cluster = "group") * (n - k) / (n - k - 1)
  random <- random_effects(rows, terms, dummies)
  slopes <- coef(twoway)[terms]
  gap <- slopes - random$coef
  report(terms, "coef", slopes)
  report(terms, "t_classical", coeftest(twoway)[terms, "t value"])
  report(terms, "t_clustered", coef(dummies)[terms] / sqrt(diag(clustered)[terms]))
  report(terms, "t_jackknife", slopes / jackknife(rows, terms, slopes))
  report("", "nobs", n)
  report("", "cities", length(unique(rows$city_code)))
  s2 <- sum(resid(twoway)^2) / twoway$df.residual
  fixed <- vcov(twoway)[terms, terms] * random$s2 / s2
  report("", "hausman", drop(gap %*% solve(fixed - random$cov, gap)))
}
