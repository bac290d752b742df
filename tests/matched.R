# Bell and McCaffrey's standard errors and degrees of freedom, and those of the jackknife (CR3), of
# the columns with eleven provinces, clustered by city and by province, by clubSandwich.
# Usage: Rscript tests/matched.R data
# -> CSV on standard output: reading,column,by,type,term,se,df
suppressPackageStartupMessages(library(clubSandwich))
folder <- commandArgs(trailingOnly = TRUE)[1]
panel <- read.csv(file.path(folder, "indicators.csv"))
panel$province <- panel$city_code %/% 10000
panel$ia <- with(panel, share_secondary / ave(share_secondary, year, FUN = function(s) mean(s, na.rm = TRUE)))
split <- c("lm", "ia", "lm_ia")
columns <- list(model1 = list(c("lm", "ia"), 2008:2023),
                model2 = list(c("lm_ia", "odi", "te", "gr", "rlr", "rissl"), 2008:2023),
                "2008-2016" = list(split, 2008:2016), "2017-2023" = list(split, 2017:2023))
cat("reading,column,by,type,term,se,df\n")
for (reading in c("flow", "stock")) for (name in names(columns)) {
  terms <- columns[[name]][[1]]
  rows <- panel[panel$year %in% columns[[name]][[2]], ]
  rows$lm <- rows[[paste0("lm_", reading)]]
  rows$lm_ia <- rows$lm * rows$ia
  rows <- rows[complete.cases(rows[c("reg", terms)]), ]
  rows <- rows[ave(rows$year, rows$city_code, FUN = length) > 1, ]
  # City effects go by the within transformation: they are nested in the clusters.
  within <- function(v) v - ave(v, rows$city_code)
  x <- apply(model.matrix(reformulate(c(terms, "factor(year)")), rows)[, -1], 2, within)
  fit <- lm(within(rows$reg) ~ 0 + x)
  for (by in c("city_code", "province")) for (type in c("CR2", "CR3")) {
    found <- coef_test(fit, vcovCR(fit, rows[[by]], type), test = "Satterthwaite")[seq_along(terms), ]
    cat(sprintf("%s,%s,%s,%s,%s,%.15g,%.15g\n", reading, name, sub("_code", "", by), type, terms,
                found$SE, found$df_Satt), sep = "")
  }
}
